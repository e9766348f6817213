// Cost by customer, the highest first.
// $days = 30: the last so many days
MATCH (c:Customer)-[:HAS_SESSION]->(s:Session)-[:HAS_MESSAGE]->(m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000
RETURN c.id AS customer, count(DISTINCT s) AS sessions, count(m) AS calls, sum(m.tokens) AS tokens,
       sum(m.charge) AS charge
ORDER BY charge DESC, customer
