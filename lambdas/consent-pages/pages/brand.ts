/** How the pages present the party that asks for access. */
export interface Brand {
  readonly displayName: string;
  /** Where the visitor comes back to, e.g. `connect.acme.example`. */
  readonly host: string;
  /** A `data:` URI of an image. */
  readonly logo: string | undefined;
}
