// Cost by key, the highest first.
// $days = 30: the last so many days
MATCH (c:Customer)-[:HAS_KEY]->(k:ApiKey)
MATCH (c)-[:HAS_SESSION]->(:Session)-[:HAS_MESSAGE]->(m:Message)
WHERE m.apiKey = k.id AND m.timestamp > timestamp() - $days * 86400000
WITH c.id AS customer, k.id AS key, k.name AS name, count(m) AS calls, sum(m.tokens) AS tokens,
     sum(m.charge % 1000000000) AS units,
     sum(m.charge / 1000000000) + 1000000000 * sum(coalesce(m.chargeCarry, 0)) AS billions
RETURN customer, key, name, calls, tokens,
       (billions + units / 1000000000) % 1000000000 * 1000000000 + units % 1000000000 AS charge,
       (billions + units / 1000000000) / 1000000000 AS chargeCarry
ORDER BY chargeCarry DESC, charge DESC, customer, key
