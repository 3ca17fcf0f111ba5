/** A piece of a secret that stands where it must not. */
export interface Find {
  /** Which secret, by the name that the test gave it. */
  readonly secret: string;
  /** How it was written there. */
  readonly disguise: string;
  /** What stands around it. */
  readonly around: string;
}

/** So many characters of a secret in a row are no coincidence: 48 bits of a hexadecimal one. */
const PIECE_LENGTH = 12;

/** A shorter secret could not be told from chance. */
const MIN_SECRET_LENGTH = 16;

/** A piece of a secret, in a disguise. */
interface Piece extends Pick<Find, 'secret' | 'disguise'> {
  readonly text: string;
}

/** Finds secrets in any text, whole or in pieces, as they are or in a disguise that programs give to strings. */
export class Canary {
  /** By the first characters of the piece: no piece is shorter than that. */
  readonly #pieces = new Map<string, Piece[]>();
  readonly #known = new Set<string>();

  /** Looks out for one more secret. `name` may stand for several secrets of a kind. */
  watchFor(name: string, secret: string): void {
    if (this.#known.has(secret)) return;
    const randomPart = randomPartOf(secret);
    if (randomPart.length < MIN_SECRET_LENGTH)
      throw new RangeError(`${name} is too short to be told from chance.`);
    this.#known.add(secret);
    for (const { disguise, text, pieceLength } of disguisesOf(randomPart)) {
      for (const piece of piecesOf(text, pieceLength)) this.#add({ text: piece, secret: name, disguise });
    }
  }

  /** Every place of a text where a secret, or a piece of one, stands. */
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

/** Zoho's tokens all begin with `1000.`: that tells nothing. */
function randomPartOf(secret: string): string {
  return secret.replace(/^\d{4}\./, '');
}

interface Disguise {
  readonly disguise: string;
  readonly text: string;
  /** Length of what {@link PIECE_LENGTH} characters of the secret look like. */
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

/** What base64 makes of bytes that stand so far behind a group of three: the digits that depend on nothing else. */
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
