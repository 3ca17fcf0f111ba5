import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate for tests, as `node:tls` takes it. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  readonly issuer: { readonly name: string; readonly key: KeyObject };
}

/**
 * Makes a certificate for a host name, signed by itself or by an issuer that no one knows. Certificates are not kept in the
 * repository: they would expire, and their keys would look like secrets.
 */
export function createCertificate(
  host: string,
  {
    issuer,
    expired = false,
  }: { readonly issuer?: TestCertificate['issuer']; readonly expired?: boolean } = {},
): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const signer = issuer ?? { name: host, key: privateKey };
  const day = 24 * 3600_000;
  const [from, until] = expired
    ? [Date.now() - 2 * day, Date.now() - day]
    : [Date.now() - day, Date.now() + day];
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1 + Math.floor(Math.random() * 100)])),
    ECDSA_WITH_SHA256,
    nameOf(signer.name),
    sequence(time(from), time(until)),
    nameOf(host),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(subjectAlternativeName(host))),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, signer.key)]);
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, der(0x03, signature));
  const base64 = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    issuer: { name: host, key: privateKey },
  };
}

/** One value of ASN.1's distinguished encoding. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));

/** The common name alone. */
function nameOf(host: string): Buffer {
  return sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(host)))));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14);
  return der(0x18, Buffer.from(`${digits}Z`));
}

function subjectAlternativeName(host: string): Buffer {
  return sequence(objectId('551d11'), der(0x04, sequence(der(0x82, Buffer.from(host)))));
}
