// Cost by customer, session and subagent, the highest first.
// $days = 30: the last so many days
// $customer = null: only this customer
MATCH (c:Customer)-[:HAS_SESSION]->(s:Session)-[:HAS_MESSAGE]->(m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000 AND ($customer IS NULL OR c.id = $customer)
RETURN c.id AS customer, s.id AS session, coalesce(m.agent, '(main)') AS agent, count(m) AS calls,
       sum(m.tokens) AS tokens, sum(m.charge) AS charge
ORDER BY charge DESC, customer, session, agent
