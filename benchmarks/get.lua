-- Requests documents in turn. Each line of the file is a path, optionally a tab and the ETag of the
-- copy that the client has.
local requests = {}

function init(args)
  for line in io.lines(args[1]) do
    local path, tag = line:match("^(%S+)\t?(.*)$")
    local headers = { ["Accept"] = args[2] or "application/n-triples" }
    if tag ~= "" then headers["If-None-Match"] = tag end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

local turn = 0

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"answers": %d, "seconds": %f, "median": %f, "failures": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
