/** The baseline: bare node:http that reads a body, parses it as JSON and responds. Prints its port. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const {metrics} = JSON.parse(Buffer.concat(chunks).toString()) as {metrics: unknown[]}; // the load's own shape
    const text = JSON.stringify({status: 'success', accepted: metrics.length});
    response.writeHead(200, {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text)});
    response.end(text);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({api_port: (server.address() as AddressInfo).port})}\n`); // it listens on TCP
});
