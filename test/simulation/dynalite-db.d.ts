/** The parts of dynalite 4 that the simulated table uses; the package has no types of its own. */

declare module 'dynalite/db/conditionParser.js' {
  const parser: {
    /** Returns a message when the condition is not valid. Throws on a syntax error. */
    parse(
      condition: string,
      options: {
        readonly context: {
          readonly attrNames: Readonly<Record<string, string>>;
          readonly isReserved: (name: string) => boolean;
        };
      },
    ): { readonly expression: object } | string;
  };
  export default parser;
}

declare module 'dynalite/db/index.js' {
  const database: { matchesExprFilter(item: object, expression: object): boolean };
  export default database;
}
