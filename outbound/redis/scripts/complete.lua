-- Keeps an answer: key, reservation, milliseconds, status, header, body.
local key = P .. 'idempotency:' .. ARGV[1]
if call('HGET', key, 'reservation') ~= ARGV[2] then
  return redis.error_reply('FENCED the reservation of the key has passed on')
end
call('HDEL', key, 'reservation')
call('HSET', key, 'status', ARGV[4], 'header', ARGV[5], 'body', ARGV[6])
call('PEXPIRE', key, ARGV[3])
