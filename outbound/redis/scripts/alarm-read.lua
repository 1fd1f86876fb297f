-- Reads alarms that were written behind a number: the number, how many at most.
-- Returns the last number drawn, the incarnation, and of each its id, its version
-- and its record, which is empty if it was removed.
local after, most = take(), tonumber(take())
local m = call('HMGET', META, 'alarms', 'incarnation')
local found = call('ZRANGEBYSCORE', ALARM_VERSIONS, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
local answer = {m[1] or '0', m[2]}
for i = 1, #found, 2 do
  answer[#answer + 1] = {found[i], digits(tonumber(found[i + 1])), call('HGET', ALARMS, found[i]) or ''}
end
return answer
