export function Templates() { return <div />; }
