// Cost by customer, session and subagent, the highest first.
// $days = 30: the last so many days
// $customer = null: only this customer
MATCH (c:Customer)-[:HAS_SESSION]->(s:Session)-[:HAS_MESSAGE]->(m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000 AND ($customer IS NULL OR c.id = $customer)
WITH c.id AS customer, s.id AS session, coalesce(m.agent, '(main)') AS agent, count(m) AS calls,
     sum(m.tokens) AS tokens,
     sum(m.charge % 1000000000) AS units,
     sum(m.charge / 1000000000) + 1000000000 * sum(coalesce(m.chargeCarry, 0)) AS billions
RETURN customer, session, agent, calls, tokens,
       (billions + units / 1000000000) % 1000000000 * 1000000000 + units % 1000000000 AS charge,
       (billions + units / 1000000000) / 1000000000 AS chargeCarry
ORDER BY chargeCarry DESC, charge DESC, customer, session, agent
