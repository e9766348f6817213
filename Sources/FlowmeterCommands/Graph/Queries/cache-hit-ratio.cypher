// How much of the prompts was read from the cache, by customer and model.
// $days = 30: the last so many days
MATCH (m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000
WITH m.customer AS customer, m.model AS model, count(m) AS calls, sum(m.inputTokens) AS input,
     sum(m.cacheWrite5mTokens) + sum(m.cacheWrite1hTokens) AS written, sum(m.cacheReadTokens) AS read
WITH customer, model, calls, input, written, read, input + written + read AS prompt
RETURN customer, model, calls, input, written, read,
       CASE WHEN prompt = 0 THEN null ELSE round(1000.0 * read / prompt) / 10 END AS hitPercent
ORDER BY read DESC, customer, model
