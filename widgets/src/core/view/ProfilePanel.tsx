export function ProfilePanel() { return <div />; }
