/** A CloudFormation template, as far as the simulated account reads it. */
export interface CloudFormationTemplate {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: DeletionPolicy;
  readonly UpdateReplacePolicy?: 'Delete' | 'Retain';
}

export type DeletionPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate';

/** The logical IDs that a resource refers to or depends on. */
export function dependenciesOf({ DependsOn = [], Properties = {} }: TemplateResource): ReadonlySet<string> {
  const found = new Set(typeof DependsOn === 'string' ? [DependsOn] : DependsOn);
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const each of value) visit(each);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, argument] of Object.entries(value)) {
      if (key === 'Ref' && typeof argument === 'string') found.add(argument);
      else if (key === 'Fn::GetAtt') found.add(String(Array.isArray(argument) ? argument[0] : argument));
      else if (key === 'Fn::Sub') {
        const text = String(Array.isArray(argument) ? argument[0] : argument);
        for (const [, name = ''] of text.matchAll(/\$\{(\w+)[^}]*\}/g)) found.add(name);
        visit(argument);
      } else visit(argument);
    }
  };
  visit(Properties);
  return found;
}

/**
 * The resources in an order in which CloudFormation may create them: each after its dependencies. It creates independent
 * ones at the same time, so `random` decides between them. Throws for circular dependencies.
 */
export function creationOrder(template: CloudFormationTemplate, random: () => number): readonly string[] {
  const waiting = new Map(
    Object.entries(template.Resources).map(([id, resource]) => [
      id,
      new Set([...dependenciesOf(resource)].filter((other) => other in template.Resources)),
    ]),
  );
  const order: string[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, before]) => before.size === 0).map(([id]) => id);
    const next = ready[Math.floor(random() * ready.length)];
    if (next === undefined) throw new Error(`circular dependencies: ${[...waiting.keys()].join(', ')}`);
    waiting.delete(next);
    for (const before of waiting.values()) before.delete(next);
    order.push(next);
  }
  return order;
}

/** Replaces references in a value. A reference to a resource becomes its physical ID. */
export function resolveReferences(value: unknown, refOf: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => resolveReferences(each, refOf));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name === 'Ref') return refOf(String(argument));
  if (entries.length === 1 && name === 'Fn::GetAtt')
    return (argument as string[])
      .map(String)
      .map((part, index) => (index === 0 ? refOf(part) : part))
      .join('.');
  if (entries.length === 1 && name === 'Fn::Select') {
    const [index, list] = argument as [number | string, unknown];
    return (resolveReferences(list, refOf) as unknown[])[Number(index)];
  }
  if (entries.length === 1 && name === 'Fn::Split') {
    const [separator, text] = argument as [string, unknown];
    return String(resolveReferences(text, refOf)).split(separator);
  }
  if (entries.length === 1 && name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => String(resolveReferences(part, refOf))).join(separator);
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, resolveReferences(each, refOf)]));
}
