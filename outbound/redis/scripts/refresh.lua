-- Returns the guard as it is now: fence.
local m = call('HMGET', META, 'fence', 'epoch', 'sequence')
if m[1] ~= ARGV[1] then
  return redis.error_reply('FENCED another controller leads')
end
return m
