//! Good inputs, of which the others are made: one of each thing that a reader knows.

use std::path::Path;
use std::{env, fs};

/// Recorded ones, where they are at hand.
pub(crate) fn recorded(dialect: &str, streams: bool) -> Vec<Vec<u8>> {
    let folder = match dialect {
        "openai" => "openai-chat",
        "anthropic" => "anthropic-messages",
        "gemini" => "gemini-generate",
        _ => "openai-responses",
    };
    let Some(root) = env::var_os("STEADFAST_RECORDINGS") else { return Vec::new() };
    let files = fs::read_dir(Path::new(&root).join(folder)).into_iter().flatten();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "body"));
    files.sort();
    let bodies = files.iter().map(|file| fs::read(file).unwrap());
    let is_stream = |body: &[u8]| body.windows(5).any(|part| part == b"data:");
    bodies.filter(|body| body.len() < LARGEST && is_stream(body) == streams).collect()
}

const LARGEST: usize = 12 << 10;

pub(crate) fn streams(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "openai" => OPENAI_STREAMS,
        "anthropic" => ANTHROPIC_STREAMS,
        "gemini" => GEMINI_STREAMS,
        _ => RESPONSES_STREAMS,
    }
}

pub(crate) fn answers(dialect: &str) -> &'static [&'static str] {
    match dialect {
        "openai" => OPENAI_ANSWERS,
        "anthropic" => ANTHROPIC_ANSWERS,
        "gemini" => GEMINI_ANSWERS,
        _ => RESPONSES_ANSWERS,
    }
}

pub(crate) fn requests(path: &str) -> &'static [&'static str] {
    match path {
        "/v1/messages" | "/v1/messages/count_tokens" => MESSAGES_REQUESTS,
        "/v1/embeddings" => EMBEDDINGS_REQUESTS,
        "/v1/responses" => RESPONSES_REQUESTS,
        _ => CHAT_REQUESTS,
    }
}

const OPENAI_STREAMS: &[&str] = &[
    concat!(
        r#"data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}"#,
        "\n\n",
        r#"data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"Once upon a time \ud83c"},"finish_reason":null}]}"#,
        "\n\n",
        r#"data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"\udf0d there"},"finish_reason":null}]}"#,
        "\n\n",
        r#"data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        "\n\n",
        r#"data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"completion_tokens_details":{"reasoning_tokens":1}}}"#,
        "\n\n",
        "data: [DONE]\n\n",
    ),
    concat!(
        ": keep-alive\r\n\r\n",
        r#"data: {"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[]}"#,
        "\r\n\r\n",
        r#"data: {"id":"c2","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"look","arguments":""}}]}}]}"#,
        "\r\n\r\n",
        r#"data: {"id":"c2","created":7,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","function":{"name":"","arguments":"{\"id\":"}}]}}]}"#,
        "\r\n\r\n",
        r#"data: {"id":"c2","created":7,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}},{"id":"t2","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"x_groq":{"usage":{"prompt_tokens":1}},"service_tier":"on_demand"}"#,
        "\r\n\r\n",
        r#"data: {"id":"c2","created":7,"model":"m","choices":[{"index":0,"delta":{"content":""},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":null,"total_tokens":null}}"#,
        "\r\n\r\n",
    ),
    concat!(
        r#"data: {"id":"c3","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},{"type":"text","text":"42"}]},"message":{"content":"x"},"finish_reason":""}]}"#,
        "\n\n",
        r#"data: {"id":"c3","choices":[{"index":0,"delta":{"reasoning":"so","channel":"analysis"}},{"index":1,"delta":{"content":"b"},"finish_reason":"eos"}]}"#,
        "\n\n",
        "event: error\n",
        r#"data: {"error":{"message":"x","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"","status_code":400}}"#,
        "\n\n",
    ),
    "{\n  \"error\": {\n    \"code\": 499,\n    \"message\": \"cancelled\",\n    \"status\": \"CANCELLED\"\n  }\n}\n",
];

const OPENAI_ANSWERS: &[&str] = &[
    r#"{"id":"c1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Once.","refusal":null,"reasoning_content":"Hm."},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}},"service_tier":"default"}"#,
    r#"{"id":"c1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":{"a":1}}},{"function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_use"}]}"#,
    r#"{"id":"c1","choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},{"type":"text","text":"42"}]},"finish_reason":null},{"message":{"content":{"a":1}},"finish_reason":"length"}],"usage":{"prompt_tokens":null},"service_tier":"on_demand"}"#,
];

const ANTHROPIC_STREAMS: &[&str] = &[concat!(
    "event: message_start\n",
    r#"data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":3,"cache_read_input_tokens":1,"cache_creation_input_tokens":1,"output_tokens":1}}}"#,
    "\n\n",
    "event: content_block_start\n",
    r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    "\n\n",
    "event: ping\n",
    r#"data: {"type":"ping"}"#,
    "\n\n",
    "event: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}"#,
    "\n\n",
    "event: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"AbC="}}"#,
    "\n\n",
    "event: content_block_stop\n",
    r#"data: {"type":"content_block_stop","index":0}"#,
    "\n\n",
    "event: content_block_start\n",
    r#"data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
    "\n\n",
    "event: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Once \ud83c\udf0d."}}"#,
    "\n\n",
    "event: content_block_stop\n",
    r#"data: {"type":"content_block_stop","index":1}"#,
    "\n\n",
    "event: content_block_start\n",
    r#"data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}"#,
    "\n\n",
    "event: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}"#,
    "\n\n",
    "event: content_block_stop\n",
    r#"data: {"type":"content_block_stop","index":2}"#,
    "\n\n",
    "event: message_delta\n",
    r#"data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}"#,
    "\n\n",
    "event: message_stop\n",
    r#"data: {"type":"message_stop"}"#,
    "\n\n",
    "event: error\n",
    r#"data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
    "\n\n",
)];

const ANTHROPIC_ANSWERS: &[&str] = &[
    r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"Hm.","signature":"AbC="},{"type":"text","text":"Once."},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":1,"cache_read_input_tokens":1,"output_tokens":9}}"#,
    r#"{"id":"msg_1","type":"message","content":[{"type":"server_tool_use","id":"s1","name":"web_search","input":{}},{"type":"web_search_tool_result","content":[]},{"type":"text","text":"x","citations":[]}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":9}}"#,
];

const GEMINI_STREAMS: &[&str] = &[concat!(
    r#"data: {"candidates":[{"content":{"parts":[{"text":"Hm.","thought":true,"thoughtSignature":"AbC="}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3},"modelVersion":"m","responseId":"r1"}"#,
    "\r\n\r\n",
    r#"data: {"candidates":[{"content":{"parts":[{"text":"Once."},{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"AbC="},{"executableCode":{"code":"1"}},{"codeExecutionResult":{"output":"1"}}],"role":"model"},"index":0}]}"#,
    "\r\n\r\n",
    r#"data: {"candidates":[{"content":{},"finishReason":"STOP","index":0,"safetyRatings":[]}],"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"thoughtsTokenCount":4,"cachedContentTokenCount":1,"totalTokenCount":9}}"#,
    "\r\n\r\n",
)];

const GEMINI_ANSWERS: &[&str] = &[
    r#"{"candidates":[{"content":{"parts":[{"text":"Hm.","thought":true},{"text":"Once."},{"functionCall":{"id":"f1","name":"f","args":{"a":1}}}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"thoughtsTokenCount":4,"toolUsePromptTokenCount":1,"cachedContentTokenCount":1},"modelVersion":"m","responseId":"r1"}"#,
    r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}}"#,
];

const RESPONSES_STREAMS: &[&str] = &[concat!(
    "event: response.created\n",
    r#"data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":7,"status":"in_progress","model":"m","output":[]}}"#,
    "\n\n",
    "event: response.output_item.added\n",
    r#"data: {"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}"#,
    "\n\n",
    "event: response.reasoning_summary_text.delta\n",
    r#"data: {"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Hm."}"#,
    "\n\n",
    "event: response.output_item.added\n",
    r#"data: {"type":"response.output_item.added","output_index":1,"item":{"id":"msg_1","type":"message","role":"assistant","content":[]}}"#,
    "\n\n",
    "event: response.output_text.delta\n",
    r#"data: {"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"Once."}"#,
    "\n\n",
    "event: response.output_item.added\n",
    r#"data: {"type":"response.output_item.added","output_index":2,"item":{"id":"fc_1","type":"function_call","call_id":"call_1","name":"f","arguments":""}}"#,
    "\n\n",
    "event: response.function_call_arguments.delta\n",
    r#"data: {"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"delta":"{\"a\":1}"}"#,
    "\n\n",
    "event: response.completed\n",
    r#"data: {"type":"response.completed","response":{"id":"resp_1","object":"response","created_at":7,"status":"completed","model":"m","output":[],"usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":1},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":5}}}"#,
    "\n\n",
    "event: error\n",
    r#"data: {"type":"error","code":"server_error","message":"x"}"#,
    "\n\n",
    "event: response.failed\n",
    r#"data: {"type":"response.failed","response":{"id":"resp_1","status":"failed","error":{"code":"rate_limit_exceeded","message":"x"}}}"#,
    "\n\n",
)];

const RESPONSES_ANSWERS: &[&str] = &[
    r#"{"id":"resp_1","object":"response","created_at":7,"status":"completed","model":"m","output":[{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}]},{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Once.","annotations":[]},{"type":"refusal","refusal":"no"}]},{"id":"fc_1","type":"function_call","call_id":"call_1","name":"f","arguments":"{}"}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}"#,
    r#"{"id":"resp_1","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}"#,
];

/// One of each shape that is on record.
pub(crate) const REFUSALS: &[&str] = &[
    r#"{"error":{"message":"Rate limit reached. Please try again in 1.5s.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
    r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
    r#"[{"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"PerDay"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}]"#,
    r#"{"object":"error","message":{"detail":[{"loc":["body"]}]},"type":"invalid_request_error","code":"1500","raw_status_code":400}"#,
    r#"{"detail":"Invalid API Key"}"#,
    r#"{"code":"invalid-argument","error":"Incorrect API key provided"}"#,
    r#"{"errors":[{"code":3040,"message":"Capacity"}],"success":false}"#,
    r#"{"error":{"code":"400","message":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
    "<!DOCTYPE html><title>502</title>",
];

const CHAT_REQUESTS: &[&str] = &[
    r#"{"model":"p/m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}}]}],"stream":true,"stream_options":{"include_usage":true},"temperature":0.7,"top_p":1,"max_tokens":50,"stop":["x"],"n":1,"seed":7,"logprobs":true,"top_logprobs":2,"user":"u"}"#,
    r#"{"model":"p/m","models":["p/n"],"messages":[{"role":"developer","content":"x"},{"role":"user","content":"Look."},{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"t2","type":"function","function":{"name":"g","arguments":""}}]},{"role":"tool","tool_call_id":"t1","content":"seen"},{"role":"tool","tool_call_id":"t2","content":[{"type":"text","text":"seen"}]}],"tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,"parameters":{"type":"object","properties":{"a":{"type":["integer","null"],"minimum":1,"$ref":"x"}},"required":["a"],"additionalProperties":false}}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"reasoning_effort":"low","steadfast":{"trail":true,"on_break":"continue","timeouts":{"attempt_ms":5}}}"#,
    r#"{"model":"p/m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"Once","reasoning_content":"Hm."}],"response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type":"object","properties":{"a":{"type":"string","format":"date","minLength":1}}}}},"max_completion_tokens":9,"thinking":{"type":"enabled"},"enable_thinking":true}"#,
];

const MESSAGES_REQUESTS: &[&str] = &[
    r#"{"model":"p/m","max_tokens":50,"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}},{"type":"document","source":{"type":"url","url":"http://x"}}]}],"stream":true,"temperature":0.5,"top_k":3,"stop_sequences":["x"],"metadata":{"user_id":"u"},"thinking":{"type":"enabled","budget_tokens":1024}}"#,
    r#"{"model":"p/m","max_tokens":50,"messages":[{"role":"user","content":"Look."},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"AbC="},{"type":"redacted_thinking","data":"x"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"seen"}],"is_error":true},{"type":"text","text":"So?"}]}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true}}"#,
];

const EMBEDDINGS_REQUESTS: &[&str] = &[
    r#"{"model":"p/m","input":["one","two"],"encoding_format":"float","dimensions":8,"user":"u"}"#,
    r#"{"model":"p/m","input":[[1,2,3]],"steadfast":{"trail":true}}"#,
];

const RESPONSES_REQUESTS: &[&str] = &[
    r#"{"model":"p/m","instructions":"Be brief.","input":[{"role":"user","content":[{"type":"input_text","text":"What?"},{"type":"input_image","image_url":"data:image/png;base64,AA=="},{"type":"input_file","file_data":"x"}]}],"stream":true,"max_output_tokens":50,"temperature":0.5,"store":false,"reasoning":{"effort":"low","summary":"auto"},"text":{"format":{"type":"json_schema","name":"x","schema":{"type":"object"}}}}"#,
    r#"{"model":"p/m","input":[{"type":"message","role":"user","content":"Look."},{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"},{"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"seen"}],"tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true},{"type":"web_search"}],"tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,"previous_response_id":null}"#,
    r#"{"model":"p/m","input":"Hello?"}"#,
];
