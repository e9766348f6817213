// Cost by model, with the tokens of each kind.
// $days = 30: the last so many days
// $customer = null: only this customer
MATCH (m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000 AND ($customer IS NULL OR m.customer = $customer)
RETURN m.model AS model, count(m) AS calls, sum(m.inputTokens) AS input, sum(m.outputTokens) AS output,
       sum(m.cacheWrite5mTokens) AS write5m, sum(m.cacheWrite1hTokens) AS write1h, sum(m.cacheReadTokens) AS read,
       sum(m.charge) AS charge
ORDER BY charge DESC, model
