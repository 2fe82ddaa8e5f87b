// The one function through which a payload formatter is called, and the `console` that it finds around it.
// Formatters are scripts (sloppy mode, globals), written for The Things Stack, ChirpStack or TS013.
//
// The formatter's functions may be `const` of its script: only code at this place sees them by name.
(function () {
  const parse = JSON.parse, stringify = JSON.stringify, Time = Date, MAX_OUTPUT = 1048576;
  const lines = (...each) => each.join("\n"); // `+` makes a chain of strings, which the Python side cannot take
  const quiet = function () {};
  Object.defineProperty(globalThis, "console", { // may be declared anew by the script: configurable
    value: { log: quiet, info: quiet, warn: quiet, error: quiet, debug: quiet, trace: quiet },
    writable: true, configurable: true,
  });
  const stated = {
    decodeUplink: () => (typeof decodeUplink === "function" ? decodeUplink : undefined),
    Decode: () => (typeof Decode === "function" ? Decode : undefined),
    Decoder: () => (typeof Decoder === "function" ? Decoder : undefined),
  };
  const order = ["decodeUplink", "Decode", "Decoder"];

  function find() {
    for (const name of order) if (stated[name]()) return { name: name, call: stated[name]() };
    const out = (typeof module === "object" && module && module.exports) || {}; // only node.js in this folder makes one
    for (const name of order) {
      if (typeof out[name] === "function") return { name: name, call: out[name] };
      if (typeof out === "function" && out.name === name) return { name: name, call: out };
    }
    return { name: "" };
  }

  // Returns the function's name, a line feed, and as JSON what it returned; without an input only the name.
  return function (text) {
    const found = find();
    if (text === "" || !found.name) return lines(found.name, "");
    const input = parse(text);
    let result;
    if (found.name === "decodeUplink") {
      const at = input.recvTime === null ? new Time() : new Time(input.recvTime);
      result = found.call({ bytes: input.bytes, fPort: input.fPort, recvTime: at, variables: input.variables });
    } else if (found.name === "Decode") {
      result = { data: found.call(input.fPort, input.bytes, input.variables) };
    } else {
      result = { data: found.call(input.bytes, input.fPort) };
    }
    const output = stringify(result);
    if (output === undefined) return lines(found.name, "");
    if (output.length > MAX_OUTPUT) throw new RangeError("the output is larger than 1 MiB");
    return lines(found.name, output);
  };
})();
