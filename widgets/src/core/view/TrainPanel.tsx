export function TrainPanel() { return <div />; }
