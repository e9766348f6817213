// The messages of a session, one by one.
// $sessionId: the session's id
MATCH (s:Session {id: $sessionId})-[:HAS_MESSAGE]->(m:Message)
RETURN m.id AS message, m.timestamp AS time_ms, m.model AS model, coalesce(m.agent, '(main)') AS agent,
       m.quality AS quality, m.tokens AS tokens, m.charge AS charge,
       m.chargeCarry AS chargeCarry
ORDER BY time_ms, message
