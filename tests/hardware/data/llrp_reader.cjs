// An LLRP reader made of the npm package llrpjs: argv is port, tags, how messages are cut up
// ("whole", "bytes", "joined"). It says "port N", "client", "report N" on its output; "cut" on its
// input cuts the connection, "refuse" answers the next ADD_ROSPEC with an error.
"use strict";
const { LLRPServer, LLRPMessage } = require("llrpjs");

const [port, tags, cutting] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const server = new LLRPServer({ host: "127.0.0.1", port });
let socket = null;
let timer = null;
let reported = 0;
let refusesNext = false;
let queue = Promise.resolve();

const say = (line) => process.stdout.write(line + "\n");
const ok = { LLRPStatus: { StatusCode: "M_Success", ErrorDescription: "" } };
const bad = { LLRPStatus: { StatusCode: "M_FieldError", ErrorDescription: "no such antenna" } };

// The package takes one message a chunk; a client may send several at once.
server.onData = function (data) {
  this._scanner.addBuffer(data);
  for (let buffer = this._scanner.getNext(); buffer; buffer = this._scanner.getNext()) {
    const message = new LLRPMessage(buffer).decode();
    answer(message.getName(), message.getMessageId());
  }
};

function send(...messages) {
  const buffers = messages.map((one) => new LLRPMessage(one).encode().getBuffer());
  const to = socket;
  queue = queue.then(async () => {
    if (cutting === "bytes") {
      for (const byte of Buffer.concat(buffers)) {
        if (!to.writable) return;
        to.write(Buffer.from([byte]));
        await new Promise((done) => setImmediate(done));
      }
    } else if (cutting === "joined") {
      to.write(Buffer.concat(buffers));
    } else {
      buffers.forEach((buffer) => to.write(buffer));
    }
  });
}

function answer(name, id) {
  if (name === "KEEPALIVE_ACK") return say("acknowledged");
  if (name === "ADD_ROSPEC" && refusesNext) {
    refusesNext = false;
    return send({ type: "ADD_ROSPEC_RESPONSE", id, data: bad });
  }
  send({ type: name + "_RESPONSE", id, data: ok });
  if (name === "START_ROSPEC") {
    send({ type: "KEEPALIVE", id: 99, data: {} });
    timer = setInterval(report, 5);
  }
  if (name === "CLOSE_CONNECTION") clearInterval(timer);
}

// Six digits of a second: the package wants a date, with microseconds.
function moment(count) {
  const micro = String(count % 1000).padStart(3, "0");
  return new Date().toISOString().replace("Z", micro + "Z");
}

function tag(number) {
  const hex = number.toString(16).padStart(8, "0").toUpperCase();
  const epc = number % 3
    ? { EPC_96: { EPC: "3034257BF4000000" + hex } }
    : { EPCData: { EPC: "FA09521141EA93B7CC04" + hex } };
  const now = moment(reported);
  return {
    ...epc,
    AntennaID: { AntennaID: 1 + (number % 2) },
    PeakRSSI: { PeakRSSI: -50 - (number % 10) },
    FirstSeenTimestampUTC: { Microseconds: now },
    LastSeenTimestampUTC: { Microseconds: now },
    TagSeenCount: { TagCount: 1 },
  };
}

function report() {
  if (!socket) return;
  const messages = [0, 1, 2].map(() => {
    reported += 1;
    return {
      type: "RO_ACCESS_REPORT",
      id: reported,
      data: { TagReportData: [tag(reported % tags)] },
    };
  });
  send(...messages);
}

server.on("connection", () => {
  socket = server._tcp;
  socket.setNoDelay(true);
  say("client");
  send({
    type: "READER_EVENT_NOTIFICATION",
    id: 1,
    data: {
      ReaderEventNotificationData: {
        UTCTimestamp: { Microseconds: moment(0) },
        ConnectionAttemptEvent: { Status: "Success" },
      },
    },
  });
});
server.on("disconnect", () => {
  clearInterval(timer);
  socket = null;
});
server.on("error", (error) => say("error " + error.message));
server._server.on("listening", () => say("port " + server._server.address().port));
process.stdin.on("data", (data) => {
  const word = data.toString().trim();
  if (word === "cut" && socket) socket.destroy();
  if (word === "refuse") refusesNext = true;
});
process.stdin.on("end", () => process.exit(0));
server.listen();
