import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerQuestions } from '../answer-questions.ts';

/** An API that answers every call with some records, in a process of its own. */

const RECORDS = JSON.stringify({
  data: Array.from({ length: 20 }, (_, n) => ({ id: `1000000000${n}`, Last_Name: `Lead ${n}` })),
  info: { more_records: false },
});

answerQuestions({
  serve: async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(RECORDS);
    });
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});
