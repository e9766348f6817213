// Cost by key, the highest first.
// $days = 30: the last so many days
MATCH (c:Customer)-[:HAS_KEY]->(k:ApiKey)
MATCH (c)-[:HAS_SESSION]->(:Session)-[:HAS_MESSAGE]->(m:Message)
WHERE m.apiKey = k.id AND m.timestamp > timestamp() - $days * 86400000
RETURN c.id AS customer, k.id AS key, k.name AS name, count(m) AS calls, sum(m.tokens) AS tokens,
       sum(m.charge) AS charge
ORDER BY charge DESC, customer, key
