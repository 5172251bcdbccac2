/** 16 x 16 line icons. */

export const ICONS = {
  undo: "M6 3 2.5 6.5 6 10M3 6.5h6.5a4 4 0 0 1 0 8H7",
  redo: "M10 3l3.5 3.5L10 10M13 6.5H6.5a4 4 0 0 0 0 8H9",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  side: "M2.5 3h11v10h-11zM9.5 3v10",
  template: "M2.5 3h4v4h-4zM9.5 3h4v4h-4zM2.5 9.5h4v4h-4zM11.5 9v5M9 11.5h5",
  play: "M5 3.5v9l7.5-4.5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  step: "M4 3.5v9L10 8zM12 3.5v9",
  stop: "M4 4h8v8H4z",
  close: "M4 4l8 8M12 4l-8 8",
  save: "M8 2.5v7M4.5 6.5 8 10l3.5-3.5M2.5 13h11",
  error: "M8 4.5v4.5M8 11.2v.6",
  down: "M4 6l4 4 4-4",
} as const;

export type IconName = keyof typeof ICONS;

export function Icon({ name, path, size = 16 }: { name?: IconName; path?: string; size?: number }) {
  return (
    <svg className="al-icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={name ? ICONS[name] : path} />
    </svg>
  );
}
