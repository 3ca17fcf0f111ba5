import picocolors from 'picocolors';

/** Functions that color a text, or return it unchanged where colors are disabled. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/**
 * Colors on a terminal, unless NO_COLOR is set or TERM is `dumb`. None in a pipe, also under CI, where picocolors alone would
 * enable them.
 */
export function colorsFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Colors {
  const isColored =
    stream.isTTY === true && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
  return picocolors.createColors(isColored);
}
