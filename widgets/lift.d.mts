/** The sheet as one line, every rule with the weight of an id more. */
export function lift(css: string): Promise<string>;
