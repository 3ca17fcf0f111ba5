/** A check that moto would fail, with what moto does instead. */
export interface MotoDiffers<Check> {
  readonly motoDiffers: string;
  readonly check: Check;
}

export function differsOnMoto<Check>(motoDiffers: string, check: Check): MotoDiffers<Check> {
  return { motoDiffers, check };
}

/** The checks of a contract by their facts: all of them, or those that moto passes. */
export function checksOf<Check extends (...given: never[]) => Promise<void>>(
  contract: Readonly<Record<string, Check | MotoDiffers<Check>>>,
  { onMoto = false } = {},
): [string, Check][] {
  return Object.entries(contract).flatMap(([fact, each]): [string, Check][] => {
    if (typeof each === 'function') return [[fact, each]];
    return onMoto ? [] : [[fact, each.check]];
  });
}
