-- Removes a record of tenancy: random, name. Returns whether it was there. It
-- writes something in any case, for WAIT to confirm.
call('HDEL', UNCONFIRMED, ARGV[2])
if call('HDEL', TENANCY, ARGV[2]) == 0 then
  call('HINCRBY', META, 'touched', 1)
  return 0
end
call('HSET', META, 'tenancy', token(ARGV[1]))
return 1
