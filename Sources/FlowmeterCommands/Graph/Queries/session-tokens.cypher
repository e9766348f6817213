// Messages and tokens of a session in the last 24 hours.
// $sessionId: the session's id
MATCH (s:Session {id: $sessionId})-[:HAS_MESSAGE]->(m:Message) WHERE m.timestamp > timestamp() - 86400000 RETURN count(m) AS messages, sum(m.tokens) AS totalTokens
