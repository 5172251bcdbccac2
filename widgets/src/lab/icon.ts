/** archlab's icon: three levels of a lattice. */
import { LabIcon } from "@jupyterlab/ui-components";

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
<g class="jp-icon3" fill="none" stroke="#616161" stroke-width="1.2">
<path d="M4.5 3h7M4.5 8h7M4.2 4l2.6 3M9.2 4l2.6 3M9.2 9l2.6 3"/></g>
<g class="jp-icon3" fill="#616161">
<path d="M1 1.2h3.6v3.6H1zM6.2 6.2h3.6v3.6H6.2zM11.4 11.2H15v3.6h-3.6zM11.4 6.2H15v3.6h-3.6zM11.4 1.2H15v3.6h-3.6z"/></g>
</svg>`;

export const archlabIcon = new LabIcon({ name: "archlab:lattice", svgstr: SVG });
