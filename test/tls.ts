import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer, type Server } from 'node:tls';

/**
 * A port of this machine that decrypts what comes to it and passes it on, with a certificate that
 * nobody trusts yet.
 */
export class TlsProxy {
  /** the certificate as PEM, for those who are to trust it */
  readonly certificate: string;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'dayfold-tls-'));
  readonly #server: Server;

  /** @param protocols what is offered to clients that negotiate one, such as h2 */
  constructor(target: number, protocols: string[] = []) {
    this.certificate = path.join(this.#folder, 'certificate.pem');
    const key = path.join(this.#folder, 'key.pem');
    const about = [
      '-subj',
      '/CN=dayfold test',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-days',
      '2',
    ];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        this.certificate,
        ...about,
      ],
      { stdio: 'pipe' },
    );
    const secrets = { key: readFileSync(key), cert: readFileSync(this.certificate) };
    this.#server = createServer({ ...secrets, ALPNProtocols: protocols }, (socket) => {
      const onward = createConnection(target, '127.0.0.1');
      socket.pipe(onward).pipe(socket);
      socket.on('error', () => onward.destroy());
      onward.on('error', () => socket.destroy());
    });
  }

  /** @returns the port */
  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as { port: number }).port;
  }

  /** A file of certificates for Java, with its password, that trusts this one alone. */
  trustStore(): { readonly file: string; readonly password: string } {
    const [file, password] = [path.join(this.#folder, 'trust.p12'), 'changeit'];
    const store = ['-keystore', file, '-storepass', password, '-storetype', 'PKCS12'];
    execFileSync(
      'keytool',
      ['-importcert', '-noprompt', '-alias', 'test', '-file', this.certificate, ...store],
      {
        stdio: 'pipe',
      },
    );
    return { file, password };
  }

  stop(): void {
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
