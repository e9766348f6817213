// The sessions that cost most, of all time.
// $top = 20: so many of them
MATCH (s:Session)
RETURN s.customer AS customer, s.id AS session, s.messages AS messages, s.tokens AS tokens, s.charge AS charge,
       s.chargeCarry AS chargeCarry
ORDER BY coalesce(chargeCarry, 0) DESC, charge DESC, customer, session
LIMIT $top
