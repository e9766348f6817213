// Cost by model, with the tokens of each kind.
// $days = 30: the last so many days
// $customer = null: only this customer
MATCH (m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000 AND ($customer IS NULL OR m.customer = $customer)
WITH m.model AS model, count(m) AS calls, sum(m.inputTokens) AS input, sum(m.outputTokens) AS output,
     sum(m.cacheWrite5mTokens) AS write5m, sum(m.cacheWrite1hTokens) AS write1h, sum(m.cacheReadTokens) AS read,
     sum(m.charge % 1000000000) AS units,
     sum(m.charge / 1000000000) + 1000000000 * sum(coalesce(m.chargeCarry, 0)) AS billions
RETURN model, calls, input, output, write5m, write1h, read,
       (billions + units / 1000000000) % 1000000000 * 1000000000 + units % 1000000000 AS charge,
       (billions + units / 1000000000) / 1000000000 AS chargeCarry
ORDER BY chargeCarry DESC, charge DESC, model
