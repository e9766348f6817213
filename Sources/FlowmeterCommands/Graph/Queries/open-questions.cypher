// Messages without a price, and messages that broke off, whose output is estimated.
// $days = 30: the last so many days
MATCH (m:Message)
WHERE m.timestamp > timestamp() - $days * 86400000 AND (NOT m.priced OR m.quality = 'estimated')
RETURN m.customer AS customer, m.session AS session, m.id AS message, m.model AS model, m.quality AS quality,
       m.priced AS priced, m.tokens AS tokens
ORDER BY customer, session, message
