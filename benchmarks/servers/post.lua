-- Posts the lines of a file in turn, with a media type. Arguments: FILE MEDIA-TYPE ACCEPT.
local bodies, next_one, failures = {}, 0, 0

function init(args)
  for line in io.lines(args[1]) do
    bodies[#bodies + 1] = line
  end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = args[2]
  wrk.headers["Accept"] = args[3]
end

function request()
  next_one = next_one % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[next_one])
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    'RESULT {"answers": %d, "seconds": %f, "median": %f, "failures": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), failed))
end
