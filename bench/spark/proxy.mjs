// A port of this machine that takes requests to S3 over TLS, counts them by kind, and passes them
// on to a server without TLS. Spark needs the TLS: without it the AWS SDK uploads in a form that
// Ceph 16 refuses.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

/** What a request to S3 asks for, as bench/requests.mjs names it. */
function kindOf({ method, url, headers }) {
  const asked = new URL(url, 'http://localhost').searchParams;
  if (method === 'GET' && asked.has('list-type')) return 'LIST';
  if (asked.has('uploads') || asked.has('uploadId')) return 'UPLOADS';
  if (method === 'POST' && asked.has('delete')) return 'DELETE';
  return headers['x-amz-copy-source'] === undefined ? method : 'COPY';
}

/** @param folder where the certificate goes, and the trust store for Java */
export async function startProxy(target, folder) {
  const [key, certificate, trust] = ['key.pem', 'certificate.pem', 'trust.p12'].map((name) =>
    path.join(folder, name),
  );
  const about = ['-subj', '/CN=bench', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...made, ...about], { stdio: 'pipe' });
  const kept = ['-keystore', trust, '-storepass', 'changeit', '-storetype', 'PKCS12'];
  const imported = ['-importcert', '-noprompt', '-alias', 'bench', '-file', certificate];
  execFileSync('keytool', [...imported, ...kept], { stdio: 'pipe' });

  let counts = new Map();
  const agent = new http.Agent({ keepAlive: true });
  const secrets = { key: readFileSync(key), cert: readFileSync(certificate) };
  const server = https.createServer(secrets, (request, response) => {
    const kind = kindOf(request);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const { method, url, headers } = request;
    const onward = http.request(new URL(url, target), { method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => response.writableFinished || onward.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `https://127.0.0.1:${server.address().port}`,
    trust: `-Djavax.net.ssl.trustStore=${trust} -Djavax.net.ssl.trustStorePassword=changeit`,
    /** The requests since the last time. */
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
    stop: () => server.close(),
  };
}
