export function Repair() { return <div />; }
