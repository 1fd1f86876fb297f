-- Makes changes of alarms, each by itself: how many writes a removal is remembered
-- for, how many changes, and of each: id, the version that it is based on, 1 for a
-- removal, record. Returns of each whether it was made, the version that is kept, 0
-- for none, and, where it was not made, the record. It writes something in any case,
-- for WAIT to confirm.
local remembered, n = tonumber(take()), tonumber(take())
local first = tonumber(call('HGET', META, 'alarms') or 0)
local sequence, answers = first, {}
for i = 1, n do
  local id, version, removal, record = take(), tonumber(take()), take() == '1', take()
  local kept = call('HGET', ALARMS, id)
  local is = kept and tonumber(call('ZSCORE', ALARM_VERSIONS, id)) or 0
  local made = true
  if removal and kept and is == version then
    sequence = sequence + 1
    call('HDEL', ALARMS, id)
    call('ZADD', ALARM_VERSIONS, digits(sequence), id)
    call('ZADD', ALARMS_GONE, digits(sequence), id)
    is, kept = 0, false
  elseif not removal and kept ~= record and is == version then
    sequence = sequence + 1
    call('HSET', ALARMS, id, record)
    call('ZADD', ALARM_VERSIONS, digits(sequence), id)
    call('ZREM', ALARMS_GONE, id)
    is = sequence
  else -- it is so already, or of another version
    made = removal and not kept or not removal and kept == record
  end
  answers[i] = {made and 1 or 0, digits(is), not made and kept or ''}
end
if sequence == first then
  call('HINCRBY', META, 'touched', 1)
  return answers
end
call('HSET', META, 'alarms', digits(sequence))
for _, id in ipairs(call('ZRANGEBYSCORE', ALARMS_GONE, '-inf', digits(sequence - remembered))) do
  call('ZREM', ALARMS_GONE, id)
  call('ZREM', ALARM_VERSIONS, id)
end
return answers
