// Calls by hour of the day (UTC), the busiest first.
// $days = 30: the last so many days
// $customer = null: only this customer
MATCH (m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000 AND ($customer IS NULL OR m.customer = $customer)
RETURN (m.timestamp / 3600000) % 24 AS hour, count(m) AS calls, sum(m.tokens) AS tokens, sum(m.charge) AS charge
ORDER BY calls DESC, hour
