// Calls by hour of the day (UTC), the busiest first.
// $days = 30: the last so many days
// $customer = null: only this customer
MATCH (m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000 AND ($customer IS NULL OR m.customer = $customer)
WITH (m.timestamp / 3600000) % 24 AS hour, count(m) AS calls, sum(m.tokens) AS tokens,
     sum(m.charge % 1000000000) AS units,
     sum(m.charge / 1000000000) + 1000000000 * sum(coalesce(m.chargeCarry, 0)) AS billions
RETURN hour, calls, tokens,
       (billions + units / 1000000000) % 1000000000 * 1000000000 + units % 1000000000 AS charge,
       (billions + units / 1000000000) / 1000000000 AS chargeCarry
ORDER BY calls DESC, hour
