// Cost by customer, session, subagent and tool of the server: searches on the web, and the model's own work.
// $days = 30: the last so many days
// $customer = null: only this customer
// $webSearchPrice = 10000000000: the price of a search in 10⁻¹² US dollars
MATCH (c:Customer)-[:HAS_SESSION]->(s:Session)-[:HAS_MESSAGE]->(m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000 AND ($customer IS NULL OR c.id = $customer) AND m.priced
WITH c.id AS customer, s.id AS session, coalesce(m.agent, '(main)') AS agent, count(m) AS calls,
     sum(m.webSearches) AS searches, sum(m.charge) AS total
UNWIND [
    {tool: '(model)', uses: calls, charge: total - searches * $webSearchPrice},
    {tool: 'web_search', uses: searches, charge: searches * $webSearchPrice}
] AS part
WITH customer, session, agent, part.tool AS tool, part.uses AS uses, part.charge AS charge
WHERE uses > 0
RETURN customer, session, agent, tool, uses, charge
ORDER BY charge DESC, customer, session, agent, tool
