-- Puts a staged snapshot in place: backend, fence, key of the chunks, kinds, when
-- it began, how long the one before is kept for those who are reading it, seconds.
if call('HGET', META, 'fence') ~= ARGV[2] then
  return redis.error_reply('FENCED another controller leads')
end
local key = P .. 'snapshot:' .. ARGV[1]
local before = call('HGET', key, 'chunks')
if before then call('EXPIRE', before, ARGV[6]) end
call('PERSIST', ARGV[3])
call('HSET', key, 'chunks', ARGV[3], 'kinds', ARGV[4], 'began', ARGV[5])
return call('HINCRBY', key, 'version', 1)
