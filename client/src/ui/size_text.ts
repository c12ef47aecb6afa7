const UNITS = ["byte", "kilobyte", "megabyte"] as const;

/** Return a file's size as people say it: two or three digits that matter, in thousands. */
export function sizeText(sizeBytes: number, locale?: string): string {
  let [amount, unit] = [sizeBytes, 0];
  while (amount >= 1000 && unit < UNITS.length - 1) [amount, unit] = [amount / 1000, unit + 1];
  const style = { style: "unit", unit: UNITS[unit] ?? "byte", unitDisplay: "short" } as const;
  return new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: amount < 10 && unit > 0 ? 1 : 0 }).format(
    amount,
  );
}
