-- Ends a reservation and adds what was taken: tenant, random, reservation, and
-- how much of each.
local tenant, random, reservation = take(), take(), take()
local used, reserved = account(tenant, true)
local settled, now = SETTLED .. tenant, millis()
call('ZREMRANGEBYSCORE', settled, '-inf', digits(now))
if call('ZSCORE', settled, reservation) then return 0 end
local hold = tonumber(string.match(reservation, ':(%d+)$') or 0)
if hold > 0 then
  call('ZADD', settled, digits(now + hold), reservation)
  call('PEXPIRE', settled, digits(math.max(hold, call('PTTL', settled))))
end
reserved = unreserve(tenant, reservation, reserved)
tally(tenant, plus(used, {unpack(ARGV, cursor + 1)}, 1), reserved, random)
return 1
