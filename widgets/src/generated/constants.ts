/* Made from Python by `python -m archlab.bridge.codegen`; edit that side, not this file. */

import type { Json, Schema } from "./types.js";

/** The format of documents that this version reads and writes. */
export const FORMAT = "archlab/1";

/** Bytes of a document's text; a longer one is no document. */
export const MAX_BYTES = 1048576;

/** Objects and lists inside one another in a document's text. */
export const MAX_NESTING = 64;

/** Levels that a layout may have. */
export const MAX_LEVELS = 12;

/** Stages that a layout may have. */
export const MAX_STAGES = 64;

/** Characters up to which an object or list stands on one line of a file. */
export const TEXT_WIDTH = 100;

/** Fields of each object of a document as written, by its path (`*`: any name); others follow by name. */
export const FIELD_ORDER: { readonly [path: string]: readonly string[] } = {
  "$": [
    "format",
    "name",
    "compat",
    "input",
    "layout",
    "cells",
    "options",
    "code_options",
    "blocks",
    "link_options",
    "links",
    "level_options",
    "stem",
    "neck",
    "head",
    "outputs"
  ],
  "$.input": [
    "channels",
    "size"
  ],
  "$.layout": [
    "type"
  ],
  "$.blocks.*.*": [
    "code"
  ],
  "$.blocks.*": [
    "cells",
    "options",
    "dense",
    "channels",
    "checkpoint"
  ],
  "$.blocks.*.cells.*": [
    "code"
  ],
  "$.links.*": [
    "kind",
    "off"
  ],
  "$.stem": [
    "type"
  ],
  "$.neck": [
    "type"
  ],
  "$.neck.*": [
    "type"
  ],
  "$.head": [
    "type"
  ]
};

/** What is not written, by its path in a document (`*`: any name). */
export const LEFT_OUT: { readonly [path: string]: Json } = {
  "$.compat": null,
  "$.options": {},
  "$.code_options": {},
  "$.blocks": {},
  "$.blocks.*": {},
  "$.link_options": {},
  "$.links": {},
  "$.links.*": {},
  "$.level_options": [],
  "$.stem": {
    "type": "none"
  },
  "$.neck": null,
  "$.head": null,
  "$.outputs": null
};

/** Fields of the document itself that a form asks for. */
export const DOCUMENT_SCHEMA: Schema = {
  "type": "object",
  "properties": {
    "name": {
      "type": "string",
      "maxLength": 200
    },
    "compat": {
      "anyOf": [
        {
          "enum": [
            "snraware"
          ]
        },
        {
          "type": "null"
        }
      ]
    }
  },
  "required": []
};

/** Fields of the input. */
export const INPUT_SCHEMA: Schema = {
  "type": "object",
  "properties": {
    "channels": {
      "type": "integer",
      "description": "Channels of the images",
      "minimum": 1,
      "maximum": 65536
    },
    "size": {
      "type": "array",
      "description": "[H, W] or [D, H, W]; D counts frames or slices",
      "minItems": 2,
      "maxItems": 3,
      "items": {
        "type": "integer",
        "minimum": 1,
        "maximum": 65536
      }
    }
  },
  "required": [
    "channels",
    "size"
  ]
};

/** Fields of a block, beside its cells and their options. */
export const BLOCK_SCHEMA: Schema = {
  "type": "object",
  "properties": {
    "dense": {
      "type": "boolean",
      "description": "Each cell reads the sum of all cells before it"
    },
    "channels": {
      "type": "integer",
      "description": "Channels that leave the block",
      "minimum": 1,
      "maximum": 65536
    },
    "checkpoint": {
      "type": "boolean",
      "description": "Recompute the activations of a block in the backward pass, to save memory"
    }
  },
  "required": []
};

/** What the Jupyter server answers without a kernel; all other operations need one. */
export const SERVER_OPERATIONS = [
  "catalog",
  "templates",
  "check",
  "read",
  "export",
  "picture"
] as const;

/** What a document can be exported as. */
export const EXPORT_FORMATS = [
  {
    "format": "json",
    "label": "JSON"
  },
  {
    "format": "svg",
    "label": "SVG"
  },
  {
    "format": "png",
    "label": "PNG"
  },
  {
    "format": "dot",
    "label": "DOT (graphviz)"
  }
] as const;

/** Name of the kernel comm of an editor. */
export const COMM_TARGET = "archlab";

/** Name of the comm that steers jobs while a cell runs. */
export const CONTROL_TARGET = "archlab.ctl";

/** Bytes of an answer that a notebook keeps. */
export const MAX_KEPT_ANSWER = 262144;

/** What counts where a request to train says nothing. */
export const TRAIN_DEFAULTS = {
  "task": "digits",
  "steps": 200,
  "lr": 0.001,
  "batch_size": 32,
  "seed": 0,
  "device": "auto"
} as const;

/** What counts where one to profile says nothing. */
export const PROFILE_DEFAULTS = {
  "device": "auto",
  "batch": 1
} as const;
