-- One row per captured event: its request and its answer as JSON text, null if SageMaker did not
-- take them for JSON, and the inference id that the caller gave.
with

sides as (

    select
        capturedata.endpointinput as request,
        capturedata.endpointoutput as answer,
        eventmetadata.inferenceid as inference

    from captured_lines

)

select
    if(request.encoding = 'JSON', request.data, null) as request,
    if(answer.encoding = 'JSON', answer.data, null) as answer,
    inference

from sides
