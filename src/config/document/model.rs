//! Facts about a model.

use crate::catalog;
use crate::config::shape::{Flag, Number, Reference, Text, Whole, object};

object! {
    /// Facts about a model that routing uses. What is left out is as built in, and for a model that is
    /// not built in: tools, vision and schemas are presumed, so is any window; prefill is not; for the
    /// clocks it counts as reasoning; without a price it is left out under `max_price`.
    Model {
        /// The window in tokens, prompt and answer together.
        context: Option<Whole<1, 4294967295, u32>>,
        /// What it costs, in USD per million tokens.
        price: Option<Price>,
        /// Whether it carries on from the beginning of an answer.
        prefill: Option<Flag>,
        /// Whether it calls tools.
        tools: Option<Flag>,
        /// Whether it reads images, and files such as PDFs.
        vision: Option<Flag>,
        /// Whether it holds itself to a JSON schema.
        json_schema: Option<Flag>,
        /// The space of its vectors, for `/v1/embeddings`: targets of the same name here may stand in for each
        /// other. If left out, the model's own name.
        embedding: Option<Text<Reference>>,
        /// Whether it thinks before it answers, which gives it longer clocks.
        reasoning: Option<Flag>,
        /// Whether it takes temperature, top_p and penalties; they are left out for one that does not.
        sampling: Option<Flag>,
    }
}

object! {
    /// Prices in USD per million tokens.
    Price of catalog::Price {
        /// Prompt tokens.
        input: Number<1000000>,
        /// Answer tokens.
        output: Number<1000000>,
        /// Prompt tokens that the provider had cached; as `input` if left out.
        cached: Option<Number<1000000>>,
    }
}
