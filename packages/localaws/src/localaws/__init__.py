"""AWS on one machine, over HTTP on loopback, to rehearse and test a project.

S3 is a real server (SeaweedFS). Batch jobs, and the model servers behind SageMaker endpoints, are
real processes. Step Functions executes state machines. The control planes are moto's. Where moto
differs from AWS, a class or function corrects it; its docstring has a paragraph that begins with
"Gap:". Production code never imports this package.
"""
