-- Returns the dead letters asked for, by subscription.
local all = {}
for _, subscription in ipairs(call('SMEMBERS', REDELIVERING)) do
  local found = {}
  for _, at in ipairs(call('SMEMBERS', P .. 'redeliver:' .. subscription)) do
    local letter = call('ZRANGEBYSCORE', P .. 'dead:' .. subscription, at, at)[1]
    if letter then found[#found + 1] = letter end
  end
  all[#all + 1] = subscription
  all[#all + 1] = found
end
return all
