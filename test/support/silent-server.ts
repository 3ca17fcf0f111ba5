import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server on loopback that accepts connections, and sends nothing or the given start of a response. */
export class SilentServer {
  readonly endpoint: string;
  readonly #close: () => void;
  readonly #waiting: (() => void)[] = [];

  private constructor(endpoint: string, close: () => void) {
    this.endpoint = endpoint;
    this.#close = close;
  }

  static async start(response = ''): Promise<SilentServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write(response);
        for (const resolve of silent.#waiting.splice(0)) resolve();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const silent: SilentServer = new SilentServer(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    );
    return silent;
  }

  /** Resolves when the next request has arrived. */
  asked(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#close();
  }
}
