/** A piece of a secret where it must not be. */
export interface Find {
  /** The name that the test gave the secret. */
  readonly secret: string;
  /** How it was encoded. */
  readonly disguise: string;
  /** The surrounding text. */
  readonly around: string;
}

/** The number of consecutive characters that is no coincidence: 48 bits of a hexadecimal secret. */
const PIECE_LENGTH = 12;

/** Shorter secrets could match by coincidence. */
const MIN_SECRET_LENGTH = 16;

/** An encoded piece of a secret. */
interface Piece extends Pick<Find, 'secret' | 'disguise'> {
  readonly text: string;
}

/** Finds secrets in any text, whole or in pieces, in plain or in the encodings that programs use. */
export class Canary {
  /** By the first characters of the piece: no piece is shorter than that. */
  readonly #pieces = new Map<string, Piece[]>();
  readonly #known = new Set<string>();

  /** Watches for another secret. Several secrets of a kind may share a name. */
  watchFor(name: string, secret: string): void {
    if (this.#known.has(secret)) return;
    const randomPart = randomPartOf(secret);
    if (randomPart.length < MIN_SECRET_LENGTH)
      throw new RangeError(`${name} is too short: it could match by coincidence.`);
    this.#known.add(secret);
    for (const { disguise, text, pieceLength } of disguisesOf(randomPart)) {
      for (const piece of piecesOf(text, pieceLength)) this.#add({ text: piece, secret: name, disguise });
    }
  }

  /** Every place of a text that has a secret or a piece of one. */
  find(text: string): Find[] {
    const finds: Find[] = [];
    for (let at = 0; at + PIECE_LENGTH <= text.length; at += 1) {
      const found = this.#pieceAt(text, at);
      if (found === undefined) continue;
      const endsAt = this.#endOfFind(text, at);
      const around = text.slice(Math.max(0, at - 40), endsAt + 20);
      finds.push({ secret: found.secret, disguise: found.disguise, around });
      at = endsAt - 1;
    }
    return finds;
  }

  #add(piece: Piece): void {
    const start = piece.text.slice(0, PIECE_LENGTH);
    const alike = this.#pieces.get(start);
    if (alike === undefined) this.#pieces.set(start, [piece]);
    else if (!alike.some(({ text }) => text === piece.text)) alike.push(piece);
  }

  #pieceAt(text: string, at: number): Piece | undefined {
    const alike = this.#pieces.get(text.slice(at, at + PIECE_LENGTH));
    return alike?.find((piece) => text.startsWith(piece.text, at));
  }

  #endOfFind(text: string, startsAt: number): number {
    let endsAt = startsAt;
    for (let at = startsAt; at <= endsAt; at += 1) {
      const piece = this.#pieceAt(text, at);
      if (piece === undefined) break;
      endsAt = at + piece.text.length;
    }
    return endsAt;
  }
}

/** Every token of Zoho begins with `1000.`, which is no secret. */
function randomPartOf(secret: string): string {
  return secret.replace(/^\d{4}\./, '');
}

interface Disguise {
  readonly disguise: string;
  readonly text: string;
  /** The encoded length of {@link PIECE_LENGTH} characters of the secret. */
  readonly pieceLength: number;
}

function disguisesOf(secret: string): Disguise[] {
  const bytes = Buffer.from(secret);
  const json = jsonText(secret);
  const percent = encodeURIComponent(secret);
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  const hex = bytes.toString('hex');
  const base64s = [0, 1, 2].map((offset) => base64Behind(offset, bytes));
  return [
    ...asDisguises('as it is', PIECE_LENGTH, [secret]),
    ...asDisguises('in small letters', PIECE_LENGTH, [secret.toLowerCase()]),
    ...asDisguises('in capitals', PIECE_LENGTH, [secret.toUpperCase()]),
    ...asDisguises('JSON', PIECE_LENGTH, [json]),
    ...asDisguises('JSON in JSON', PIECE_LENGTH, [jsonText(json)]),
    ...asDisguises('percent-encoded', PIECE_LENGTH, [percent, withSmallHex(percent)]),
    ...asDisguises('form-encoded', PIECE_LENGTH, [form, withSmallHex(form)]),
    ...asDisguises('hex', 2 * PIECE_LENGTH, [hex, hex.toUpperCase()]),
    ...asDisguises('base64', BASE64_PIECE_LENGTH, base64s),
    ...asDisguises('base64url', BASE64_PIECE_LENGTH, base64s.map(asBase64Url)),
  ];
}

/** Twelve bytes make 16 digits; unless they begin a group of three, one of the digits is shared with a neighbour. */
const BASE64_PIECE_LENGTH = 15;

function asDisguises(disguise: string, pieceLength: number, texts: readonly string[]): Disguise[] {
  return texts.map((text) => ({ disguise, text, pieceLength }));
}

function asBase64Url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function withSmallHex(percentEncoded: string): string {
  return percentEncoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

/** The base64 digits of bytes at an offset to groups of three that depend on no other bytes. */
function base64Behind(offset: number, bytes: Buffer): string {
  const digits = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const firstOwnDigit = Math.ceil((offset * 8) / 6);
  const digitsThatAreFull = Math.floor(((offset + bytes.length) * 8) / 6);
  return digits.slice(firstOwnDigit, digitsThatAreFull);
}

function piecesOf(text: string, pieceLength: number): string[] {
  return Array.from({ length: Math.max(0, text.length - pieceLength + 1) }, (_, at) =>
    text.slice(at, at + pieceLength),
  );
}
