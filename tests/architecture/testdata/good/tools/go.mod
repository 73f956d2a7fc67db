module example.com/sample/tools
