-- Ends a membership: member.
call('ZREM', P .. 'members', ARGV[1])
local all = call('HGETALL', P .. 'partitions:members')
for i = 1, #all, 2 do
  if all[i + 1] == ARGV[1] then
    call('HDEL', P .. 'partitions', all[i])
    call('HDEL', P .. 'partitions:members', all[i])
  end
end
