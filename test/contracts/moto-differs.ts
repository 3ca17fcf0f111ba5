/** A check that moto would fail, with what moto does instead. */
export interface MotoDiffers<Check> {
  readonly motoDiffers: string;
  /** The service of moto that differs, where the same fact is checked of several. */
  readonly service?: string | undefined;
  readonly check: Check;
}

export function differsOnMoto<Check>(
  motoDiffers: string,
  check: Check,
  service?: string,
): MotoDiffers<Check> {
  return { motoDiffers, check, service };
}

/** The checks of a contract by their facts: all of them, or those that moto passes, or that this service of moto passes. */
export function checksOf<Check extends (...given: never[]) => Promise<void>>(
  contract: Readonly<Record<string, Check | MotoDiffers<Check>>>,
  { onMoto = false, service }: { readonly onMoto?: boolean; readonly service?: string } = {},
): [string, Check][] {
  return Object.entries(contract).flatMap(([fact, each]): [string, Check][] => {
    if (typeof each === 'function') return [[fact, each]];
    const differs = onMoto && (each.service === undefined || each.service === service);
    return differs ? [] : [[fact, each.check]];
  });
}
