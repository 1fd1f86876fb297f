-- Returns records, the latest first: tenant or '' for all, the places between
-- which they are, the later first, and how many. Places are the time, a zero, the
-- writer, a zero, and the number, times and numbers having 16 digits.
local log = ARGV[1] == '' and LOG or LOG_OF .. ARGV[1]
local places = call('ZRANGE', log, ARGV[2], ARGV[3], 'BYLEX', 'REV', 'LIMIT', 0, ARGV[4])
local found = {}
for i, place in ipairs(places) do
  local number = digits(tonumber(string.sub(place, -16)))
  found[i] = call('HGET', RECORDS .. string.sub(place, 18, -18), number)
end
return {places, found}
