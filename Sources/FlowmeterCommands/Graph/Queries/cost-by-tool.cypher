// Cost by customer, session, subagent and tool of the server: searches on the web, and the model's own work.
// $days = 30: the last so many days
// $customer = null: only this customer
// $webSearchPrice = 10000000000: the price of a search in 10⁻¹² US dollars
MATCH (c:Customer)-[:HAS_SESSION]->(s:Session)-[:HAS_MESSAGE]->(m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000 AND ($customer IS NULL OR c.id = $customer) AND m.priced
WITH c.id AS customer, s.id AS session, coalesce(m.agent, '(main)') AS agent, count(m) AS calls,
     sum(m.webSearches) AS searches, $webSearchPrice % 1000000000 AS price, $webSearchPrice / 1000000000 AS priceBillions,
     sum(m.charge % 1000000000) AS units,
     sum(m.charge / 1000000000) + 1000000000 * sum(coalesce(m.chargeCarry, 0)) AS billions
UNWIND [
    {tool: '(model)', uses: calls, units: units - searches * price, billions: billions - searches * priceBillions},
    {tool: 'web_search', uses: searches, units: searches * price, billions: searches * priceBillions}
] AS part
WITH customer, session, agent, part.tool AS tool, part.uses AS uses,
     (part.units % 1000000000 + 1000000000) % 1000000000 AS units, part.units AS all, part.billions AS billions
WHERE uses > 0
WITH customer, session, agent, tool, uses, units, billions + (all - units) / 1000000000 AS billions
WITH customer, session, agent, tool, uses, units, billions, (billions % 1000000000 + 1000000000) % 1000000000 AS rest
RETURN customer, session, agent, tool, uses, rest * 1000000000 + units AS charge,
       (billions - rest) / 1000000000 AS chargeCarry
ORDER BY chargeCarry DESC, charge DESC, customer, session, agent, tool
